"""Topics in the store: the fits of each brand, and the topic of each mention.

`fits` reads what is to be fitted and keeps what was found; `assign` is the stage that gives new
mentions their topics in between; `unsaid` takes words back when too few are left who said them.
"""

from nlp.topic_stage.assign import TopicStage

__all__ = ["TopicStage"]
