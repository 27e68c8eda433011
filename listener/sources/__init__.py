"""The built-in sources, one file each."""

from listener.plugs import Plugs

SOURCES = Plugs("source", "listener.sources", "krasae.sources", has=("SPEC", "connect"))
