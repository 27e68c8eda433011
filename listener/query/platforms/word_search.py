"""The platforms that are asked for words and phrases, and for little else."""

from listener.printable import printable
from listener.query.normalise import normalise
from listener.query.platforms.wanted import EVERY, Asked, Wanted, all_of, written
from listener.query.platforms.widening import Answer
from listener.query.platforms.words import Phrase, cut, phrases, unspaced
from listener.query.tree import (
    Cashtag,
    Field,
    Followers,
    Handle,
    Hashtag,
    HasLink,
    Leaf,
    Near,
    Term,
)

NOT_ASKED = "judged here"
EXCLUSION = "judged here, as asking might leave out more than this"
_OPERATORS = frozenset({"and", "or", "not"})


def quoted(phrase: Phrase) -> str:
    """The phrase in quotation marks, unless it is one word and no operator.

    Words are letters and digits, so that nothing in them means anything to a platform.
    """
    text = " ".join(phrase)
    return text if len(phrase) == 1 and text not in _OPERATORS else f'"{text}"'


class WordSearch:
    """A dialect of words and phrases; what else a platform knows, it adds by its own class."""

    keeps_phrases = True

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title

    def ask(self, leaf: Leaf) -> Answer:
        """What holds for everything that the condition accepts."""
        match leaf:
            case Term(text):
                return self.words(text)
            case Near(words, _):
                asked = [self.words(word) for word in words]
                missed = next((answer.missed for answer in asked if answer.missed), None)
                wanted = all_of(answer.wanted for answer in asked)
                weaker = NOT_ASKED if wanted is EVERY else "asked as its words, wherever they stand"
                return Answer(wanted, weaker, missed)
            case Hashtag(name):
                return self.hashtag(name)
            case Cashtag(name):
                return self.cashtag(name)
            case Handle(name):
                return self.handle(name)
            case Field():
                return self.field(leaf)
            case HasLink():
                return self.link()
            case Followers():
                return Answer(EVERY, NOT_ASKED)

    def exclude(self, leaf: Leaf) -> Answer:
        """Nothing: only exact exclusions are safe, and few platforms have them."""
        return Answer(EVERY, NOT_ASKED if isinstance(leaf, Field | Followers) else EXCLUSION)

    def words(self, text: str) -> Answer:
        """The phrases of a term, and its emoji."""
        found, emoji = phrases(text)
        kept = [short for phrase in found if (short := cut(phrase))]
        parts = [self.phrase(phrase) for phrase in kept] + [self.emoji(char) for char in emoji]
        wanted = all_of(parts)
        if wanted is EVERY:
            return Answer(EVERY, f"judged here, as {self.title} may not find it")
        one = len(found) == 1 and (self.keeps_phrases or len(found[0]) == 1)
        exact = one and kept == [*found] and " ".join(found[0]) == normalise(text)
        if not found:
            exact = emoji == (normalise(text),)
        weaker = None if exact else f"asked as {_told(wanted)}"
        missed = (
            "words of scripts without spaces, such as Thai, inside longer runs: "
            f"{self.title} cuts words in its own way"
        )
        return Answer(wanted, weaker, missed if unspaced(" ".join(map(" ".join, kept))) else None)

    def phrase(self, phrase: Phrase) -> Wanted:
        """What finds the words in this order."""
        return Asked(quoted(phrase))

    def emoji(self, char: str) -> Wanted:
        """What finds an emoji: that a platform indexes them is not a matter of course."""
        return EVERY

    def hashtag(self, name: str) -> Answer:
        """What finds a hashtag."""
        return self.instead(name)

    def cashtag(self, name: str) -> Answer:
        """What finds a ticker."""
        return self.instead(name)

    def handle(self, name: str) -> Answer:
        """What finds an account that is named in a text."""
        return self.instead(name)

    def field(self, leaf: Field) -> Answer:
        """What a condition on something beside the text becomes; never that on the platform."""
        return Answer(EVERY, NOT_ASKED)

    def link(self) -> Answer:
        """What finds texts with a web address."""
        return Answer(EVERY, NOT_ASKED)

    def instead(self, name: str) -> Answer:
        """The words of a name, without the sign before it."""
        answer = self.words(name)
        if answer.wanted is EVERY:
            return answer
        return Answer(answer.wanted, f"asked as {_told(answer.wanted)}", answer.missed)


def _told(wanted: Wanted) -> str:
    return printable(written(wanted, " and "), width=100)
