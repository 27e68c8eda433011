"""What `krasae doctor` finds: one check, its outcome, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from listener.errors import KrasaeError


class Outcome(StrEnum):
    """OK; WARN: look at it when you have time; FAIL: something does not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    outcome: Outcome
    message: str
    remedy: str = ""


def ok(name: str, message: str) -> Check:
    """A check that is well."""
    return Check(name, Outcome.OK, message)


def warn(name: str, message: str, remedy: str) -> Check:
    """A check that deserves a look."""
    return Check(name, Outcome.WARN, message, remedy)


def fail(name: str, message: str, remedy: str) -> Check:
    """A check that failed."""
    return Check(name, Outcome.FAIL, message, remedy)


def failed(name: str, error: KrasaeError) -> Check:
    """A check that failed with one of our errors, which know the remedy."""
    return Check(name, Outcome.FAIL, error.message, error.remedy)
