"""What all tests of topics in the store share."""

import pytest

from krasae.workspace import Workspace
from tests.nlp.topic_stage.making import hear, keep_fit, posts, shipped


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped embedding is the shipped one, and is not loaded for every stage."""
    monkeypatch.setattr("nlp.topic_stage.assign.embedding", lambda *_: shipped())


@pytest.fixture
def fitted(workspace: Workspace) -> Workspace:
    """A workspace whose brand apple has a fit of two topics, battery and price, of 40 posts."""
    hear(workspace, posts(*["battery", "price"] * 20))
    keep_fit(workspace)
    return workspace
