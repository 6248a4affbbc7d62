"""placeholder"""
from dataclasses import dataclass
from typing import Any
@dataclass(frozen=True)
class Asked:
    review: Any
    findings: Any
    id: str
    options: Any
TABLES: dict[str, Any] = {}
