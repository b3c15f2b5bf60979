"""What pages may load and run (Content Security Policy, level 3): their own files, and a style that a hash names."""

from __future__ import annotations

import hashlib
from base64 import b64encode

_STYLES = "style-src 'self'"
POLICY = (
    f"default-src 'none'; script-src 'self'; {_STYLES}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADER = "Content-Security-Policy"


def policy_with_style(style: str) -> str:
    """Return the policy of a page that holds one `<style>` element of exactly this text."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return POLICY.replace(_STYLES, f"{_STYLES} 'sha256-{digest}'")
