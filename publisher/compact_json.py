"""JSON without a superfluous space, where things are written by the million: the encoder is made once."""

from __future__ import annotations

import json

write_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
