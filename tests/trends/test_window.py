"""The brand's window: sums of the last buckets, and terms that leave it as people."""

from hypothesis import given
from hypothesis import strategies as st

from tests.trends.made import observation
from trends.model import Counted, Standing
from trends.window import NEGATIVE, BrandWindow, distinct_authors, size_of, terms_of


def counted(number: int, standing: Standing = Standing.FRESH, **fields: object) -> Counted:
    return Counted("b", standing, observation(number, **fields))


def test_sums_of_trailing_buckets() -> None:
    window = BrandWindow()
    window.add(1, [counted(1, sentiment="negative"), counted(2, Standing.COPY)])
    window.add(4, [counted(3, risks=("fraud",)), counted(4, Standing.REPEAT)])
    late, whole = window.total(2), window.total(1)
    assert (late.fresh, late.copies, late.risks) == (1, 0, {"fraud": 1})
    assert (whole.fresh, whole.copies, whole.risks) == (2, 1, {"fraud": 1, NEGATIVE: 1})
    assert [place.counted.observation.seq for place in window.since(4)] == [4, 3]
    assert window.tally(4).fresh == 1
    assert window.tally(3).fresh == 0


def test_copies_carry_no_terms() -> None:
    window = BrandWindow()
    window.add(1, [counted(1, Standing.COPY, terms=("spam",)), counted(2, terms=("news",))])
    assert set(window.terms) == {"news"}


def test_a_hashtag_is_its_word_as_well() -> None:
    assert terms_of(observation(1, terms=("#sale", "sale", "now"))) == ("#sale", "sale", "now")
    assert set(terms_of(observation(1, terms=("#sale", "now")))) == {"#sale", "sale", "now"}
    assert terms_of(observation(1, terms=("now",))) == ("now",)


Said = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 4), st.sampled_from("xyz")), max_size=60
)


@given(Said)
def test_expired_terms_add_up_to_authors_with_a_pause(said: list[tuple[int, int, str]]) -> None:
    """Each author of a term counts once for each stay in the window."""
    window, expired, stays = BrandWindow(), dict.fromkeys("xyz", 0), dict.fromkeys("xyz", 0)
    last: dict[tuple[str, int], int] = {}
    by_bucket: dict[int, list[tuple[int, str]]] = {}
    for bucket, author, term in said:
        by_bucket.setdefault(bucket, []).append((author, term))
    for bucket in range(40):
        if (out := window.expire(bucket - 5)) is not None:
            for term, authors in out[1]:
                expired[term] += authors
        for author, term in by_bucket.get(bucket, []):
            key = (term, author)
            if key not in last or bucket - last[key] >= 5:
                stays[term] += 1
            last[key] = bucket
        if bucket in by_bucket:
            mentions = [
                counted(n, author_id=author, terms=(term,))
                for n, (author, term) in enumerate(by_bucket[bucket])
            ]
            window.add(bucket, mentions)
    assert expired == stays
    assert not window.terms
    assert not window.places


def test_authors_of_a_term_in_a_span() -> None:
    window = BrandWindow()
    for bucket, author in ((1, 7), (2, 7), (3, 8)):
        window.add(bucket, [counted(bucket, author_id=author, terms=("news",))])
    assert distinct_authors(window.with_term("news", 1)) == 2
    assert distinct_authors(window.with_term("news", 2, 2)) == 1
    assert window.with_term("old", 0) == []
    assert window.terms["news"].blocks(2) == [(0, 1), (1, 2)]


def test_sizes_of_accounts_double() -> None:
    assert [size_of(n) for n in (0, 1, 2, 3, 4, 1023, 1024)] == [0, 1, 2, 2, 3, 10, 11]
    assert size_of(10**30) == size_of(10**40)
    assert size_of(-5) == 0
