"""Files of posts into mentions: CSV, TSV, JSON, JSONL, XLSX and Parquet, by a profile."""

from listener.importers.ingest import ImportReport, ImportStoppedError, import_file
from listener.importers.profile import Profile, load_profile, profile_names, save_profile
from listener.importers.reading import Progress, WrongProfileError, read_mentions
from listener.importers.rows import Refusal

__all__ = [
    "ImportReport",
    "ImportStoppedError",
    "Profile",
    "Progress",
    "Refusal",
    "WrongProfileError",
    "import_file",
    "load_profile",
    "profile_names",
    "read_mentions",
    "save_profile",
]
