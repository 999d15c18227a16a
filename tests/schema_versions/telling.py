"""Why a call did not end as it should: what its document says about that, without the rest of it."""

from __future__ import annotations

import json

from tests.end_to_end.program import Outcome


def why(outcome: Outcome) -> str:
    """The exit code, the error and the checks that failed."""
    try:
        document = json.loads(outcome.out)
    except ValueError:
        return f"exit {outcome.exit}: {outcome.out}{outcome.err}"
    verification = document.get("verification") or document
    failed = [check for check in verification.get("checks", ()) if check["status"] == "fail"]
    return f"exit {outcome.exit}: {document.get('error')} {failed}"
