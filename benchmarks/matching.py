"""How fast one mention is held against 200 brands' queries, beside what one would write first.

    python -m benchmarks.matching DATA [--texts 20000]

DATA holds `stocknet/` and `wisesight/`. Each contender reads the same texts, English and
Thai by turns; all must find the same mentions, but for the regular expressions, which
know no folding. Times are of one process.
"""

import argparse
import csv
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from listener.query import BrandMatcher, Document, matcher, parse

ENGLISH = (
    "nike, adidas, puma, samsung, galaxy, sony, playstation, nintendo, xbox, tesla, ford, honda, "
    "bmw, mercedes, audi, netflix, spotify, uber, airbnb, lyft, starbucks, nestle, heineken, "
    "pepsi, sprite, fanta, red bull, monster energy, burger king, kfc, subway, pizza hut, "
    "domino's, ikea, zara, h&m, uniqlo, gucci, prada, chanel, dior, rolex, lego, disneyland, "
    "marvel, pixar, instagram, whatsapp, twitter, snapchat, tiktok, linkedin, paypal, ebay, "
    "walgreens, target, costco, fedex, dhl, delta air lines, l'oréal, android"
)
THAI = (
    "บาร์บีคิวพลาซ่า, เคเอฟซี, แมคโดนัลด์, เอ็มเค, ฟูจิ, โออิชิ, ซิซซ์เล่อร์, เซเว่น, โลตัส, บิ๊กซี, แม็คโคร, "
    "เซ็นทรัล, โรบินสัน, โฮมโปร, ไทวัสดุ, ไทยแอร์เอเชีย, นกแอร์, การบินไทย, แกร็บ, ลาซาด้า, ช้อปปี้, ทรู, "
    "เอไอเอส, ดีแทค, กสิกร, ไทยพาณิชย์, กรุงเทพ, กรุงไทย, ออมสิน, โตโยต้า, ฮอนด้า, มาสด้า, นิสสัน, อีซูซุ, "
    "มิตซูบิชิ, ฟอร์ด, ซูซูกิ, เบียร์ช้าง, สิงห์, ลีโอ, โค้ก, เป๊ปซี่, เนสกาแฟ, มาม่า, ไวไว, ดัชมิลล์, โฟร์โมสต์, "
    "นีเวีย, พอนด์ส, ลอรีอัล"
)


def queries(folder: Path) -> dict[str, str]:
    """200 queries: 88 listed companies, 62 other names and 50 Thai ones."""
    made = [f'{ticker} OR "{name}"' for ticker, name in companies(folder)]
    made += [f'"{name}" -giveaway' for name in ENGLISH.split(", ")]
    made += [f"({name} OR #{name}) -แจกฟรี" for name in THAI.split(", ")]
    return {f"brand-{number}": query for number, query in enumerate(made)}


def companies(folder: Path) -> list[tuple[str, str]]:
    """Cashtags and names of the 88 listed companies."""
    with (folder / "stocknet" / "companies.tsv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t"))[1:]
    return [(ticker, _short(name)) for _, ticker, name in rows]


def _short(company: str) -> str:
    words = re.sub(r"[.,]", " ", company).removeprefix("The ").split()
    endings = {"Inc", "plc", "p", "l", "c", "PLC", "Ltd", "Limited", "Corporation", "Company", "Co"}
    kept = [word for word in words if word not in endings and word != "&"]
    return " ".join(kept[:2])


def texts(folder: Path, count: int) -> list[str]:
    """English and Thai posts by turns."""
    english = read_texts(folder / "stocknet" / "tweets_2014.jsonl.gz")
    thai = read_texts(folder / "wisesight" / "train.jsonl.gz")
    return list(islice(chain.from_iterable(zip(english, thai, strict=False)), count))


def read_texts(path: Path, key: str = "text") -> Iterator[str]:
    """What the rows of a file say, but for those that say nothing."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if text := json.loads(line)[key]:
                yield text


def by_brand_matcher(asked: dict[str, str]) -> Callable[[Document], Sequence[str]]:
    """What Krasae does."""
    return BrandMatcher(asked).match


def one_by_one(asked: dict[str, str]) -> Callable[[Document], Sequence[str]]:
    """The naive loop: each query's own matcher, one after another."""
    each = {brand: matcher(parse(query)) for brand, query in asked.items()}
    return lambda document: [brand for brand, accepts in each.items() if accepts(document)]


def by_expressions(asked: dict[str, str]) -> Callable[[Document], Sequence[str]]:
    """One regular expression a query, its words joined by |; exclusions are not even tried."""
    each = {}
    for brand, query in asked.items():
        words = [word.strip('"()') for word in re.split(r" OR | -\S+", query) if word]
        joined = "|".join(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" for word in words)
        each[brand] = re.compile(joined, re.IGNORECASE)
    return lambda document: [brand for brand, one in each.items() if one.search(document.text)]


def main() -> None:
    """Run the three and print their rates."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("data", type=Path, help="a folder with stocknet/ and wisesight/")
    arguments.add_argument("--texts", type=int, default=20_000)
    chosen = arguments.parse_args()
    asked = queries(chosen.data)
    documents = [Document(text) for text in texts(chosen.data, chosen.texts)]
    print(f"{len(documents):,} texts, {len(asked)} queries")
    rates = {}
    for build in (by_brand_matcher, by_expressions, one_by_one):
        match = build(asked)
        # The naive loop takes a hundred times as long: a part of the texts will do.
        part = documents[: len(documents) // 20] if build is one_by_one else documents
        match(part[0])
        started = time.perf_counter()
        found = sum(len(match(document)) for document in part)
        rates[build.__name__] = len(part) / (time.perf_counter() - started)
        print(
            f"{build.__name__:>17}: {rates[build.__name__]:>9,.0f} texts/s, "
            f"{found:,} matches in {len(part):,} texts"
        )
    for other in ("by_expressions", "one_by_one"):
        print(f"by_brand_matcher is {rates['by_brand_matcher'] / rates[other]:,.1f} times {other}")


if __name__ == "__main__":
    main()
