"""Sources, channels and detectors are found by name, and loaded only on use.

A plug is a module. A built-in is a file of its kind's package and is called as that file
is; files whose names begin with `_` are not plugs. Another distribution adds one by an
entry point, `name = "its.module"`, in the kind's group.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

from listener.errors import PlugError

# How another's code fails while it is imported. Not Exception: a KrasaeError goes through.
_FAILURES = (
    ImportError,
    SyntaxError,
    NameError,
    AttributeError,
    TypeError,
    ValueError,
    LookupError,
    OSError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Plugs:
    """All plugs of one `kind`: built-ins in `package`, others in the entry point `group`.

    `has` are the names that each of them must define.
    """

    kind: str
    package: str
    group: str
    has: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """The names that can be loaded, in order. Imports none of them."""
        return tuple(sorted({*self.built_in(), *self._others()}))

    def built_in(self) -> tuple[str, ...]:
        """Those of `names` that come with Krasae."""
        spec = find_spec(self.package)
        places = spec.submodule_search_locations if spec else None
        return tuple(
            sorted(
                module.name
                for module in pkgutil.iter_modules(places or [])
                if not module.ispkg and not module.name.startswith("_")
            )
        )

    def load(self, name: str) -> Any:
        """The plug of that name; raises PlugError, which names it, when it cannot be had."""
        others = self._others().get(name, [])
        owners = sorted(_owner(entry) for entry in others)
        if name in self.built_in():
            owners.append("Krasae itself")
            where = f"{self.package}.{name}"
        elif others:
            where = f"{others[0].value}, from {owners[0]}"
        else:
            raise self._unknown(name)
        if len(owners) > 1:
            raise PlugError(
                f"There are two {self.kind}s named {name}: from {' and '.join(owners)}.",
                remedy="Uninstall one of them.",
            )
        return self._checked(
            f"The {self.kind} {name} ({where})",
            others[0].load if others else lambda: import_module(where),
        )

    def _others(self) -> Mapping[str, list[EntryPoint]]:
        found: dict[str, list[EntryPoint]] = {}
        for entry in entry_points(group=self.group):
            found.setdefault(entry.name, []).append(entry)
        return found

    def _checked(self, what: str, load: Callable[[], Any]) -> Any:
        try:
            plug = load()
        except _FAILURES as error:
            raise PlugError(f"{what} cannot be loaded: {error}.", remedy=_remedy(error)) from error
        missing = [name for name in self.has if not hasattr(plug, name)]
        if missing:
            raise PlugError(
                f"{what} is no {self.kind}: it has no {' and no '.join(missing)}.",
                remedy="Mend it, or take it out of config.toml.",
            )
        return plug

    def _unknown(self, name: str) -> PlugError:
        names = self.names()
        near = get_close_matches(name, names, n=1)
        if near:
            hint = f"Did you mean {near[0]}?"
        elif names:
            hint = f"There are: {', '.join(names)}."
        else:
            hint = f"No {self.kind} is installed."
        return PlugError(f"There is no kind of {self.kind} named {name}.", remedy=hint)


def _owner(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "an unknown distribution"


def _remedy(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"Install {error.name}."
    return "Mend it, or take it out of config.toml."
