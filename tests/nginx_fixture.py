"""nginx with the configuration that operators are given, before services on loopback."""

from __future__ import annotations

import http.client
import re
import subprocess
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from socket import create_server
from typing import TYPE_CHECKING

from tests.evaluation_fixture import eventually
from tests.installs import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONFIGURATION = Path(__file__).parents[1] / "deploy/nginx.conf"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx_before(directory: Path, ports: Sequence[int]) -> Iterator[int]:
    """Run nginx before the services on these ports, without its certificate; give its port."""
    program = find_program("nginx", "nginx is missing: apt-get install nginx-light")
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = int(free.getsockname()[1])
    services = "".join(f"server 127.0.0.1:{each} max_fails=1 fail_timeout=5s;" for each in ports)
    text = CONFIGURATION.read_text(encoding="utf-8")
    for before, after in (
        (r"listen 80;", f"listen unix:{directory}/plain;"),
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};"),
        (r"(?m)^ *ssl_certificate.*\n", ""),
        (r"server 127\.0\.0\.1:8000;", services),
    ):
        text, count = re.subn(before, after, text)
        assert count, before
    places = "".join(f"{name}_temp_path {directory}/{name};" for name in _TEMPORARY)
    whole = f"daemon off; pid {directory}/pid; events {{}} http {{ access_log off; {places}\n{text}}}"
    (directory / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [program, "-p", str(directory), "-e", str(directory / "errors"), "-c", str(directory / "nginx.conf")]
    with subprocess.Popen(command) as server:
        try:
            assert eventually(lambda: _is_live(port)), (directory / "errors").read_text()
            yield port
        finally:
            server.terminate()


def _is_live(port: int) -> bool:
    with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
