"""The tests' own guards hold."""

import socket
from pathlib import Path

import pytest

from krasae.workspace import Workspace


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_no_test_reaches_another_machine(host: str) -> None:
    with pytest.raises(AssertionError, match="tried to reach"):
        socket.create_connection((host, 80), timeout=0.1)
    with (
        socket.socket(socket.AF_INET) as bare,
        pytest.raises(AssertionError, match="tried to reach"),
    ):
        bare.connect_ex((host, 80))


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as client:
            assert client.getpeername()[1] == port


def test_the_workspace_is_ready_to_use(workspace: Workspace, workspace_folder: Path) -> None:
    assert [brand.id for brand in workspace.settings.brands] == ["apple", "bbq"]
    assert workspace.db.execute("SELECT count(*) FROM mentions").fetchone() == (0,)
    assert workspace.folder == workspace_folder
