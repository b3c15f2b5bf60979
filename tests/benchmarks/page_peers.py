"""What pages are compared with: Trifid on the same graph, and nginx with the same bytes in a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.servers import Server, free_port, graph_file, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.release import Release

_TRIFID = Path(__file__).parent / "trifid"
_NGINX = """
worker_processes 2;
pid {directory}/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  open_file_cache max=100;
  {places}
  server {{
    listen 127.0.0.1:{port};
    root {directory};
    default_type text/html;
  }}
}}
"""
_PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextlib.contextmanager
def trifid(release: Release, base_uri: str, directory: Path) -> Iterator[Server]:
    """Run Trifid over the release's graph, with its own store; it is installed in the directory if it is not there."""
    installed, graph, port = directory / "trifid", graph_file(release, directory), free_port()
    if not (installed / "node_modules").is_dir():
        shutil.copytree(_TRIFID, installed, dirs_exist_ok=True)
        npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run(npm, cwd=installed, check=True, stdout=sys.stderr)
    command = ["node", str(installed / "node_modules/trifid/server.js"), "-c", str(installed / "config.yaml")]
    settings = {"DATASET_BASE_URL": f"{base_uri}/", "GRAPH_FILE": str(graph)}
    with running([*command, "--port", str(port)], port, environment=settings) as pid:
        yield Server("trifid", pid, port, "/id")


def find_nginx() -> str | None:
    """Return nginx's program, which Debian keeps where only the administrator's path leads."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextlib.contextmanager
def nginx(body: bytes, directory: Path) -> Iterator[Server]:
    """Run nginx with a file of these bytes, at /page."""
    directory.mkdir(exist_ok=True)
    (directory / "page").write_bytes(body)
    port = free_port()
    places = "".join(f"{name}_temp_path {directory}/temporary;" for name in _PLACES)
    settings = directory / "nginx.conf"
    settings.write_text(_NGINX.format(directory=directory, port=port, places=places), encoding="utf-8")
    with running(
        [find_nginx() or "nginx", "-p", str(directory), "-c", str(settings), "-g", "daemon off;"], port
    ) as pid:
        yield Server("nginx", pid, port, "/page")
