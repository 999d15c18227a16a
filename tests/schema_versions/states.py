"""States that a database of the platform can be in before okrseed comes by; the neighbour is there in all of them."""

from __future__ import annotations

from typing import Literal, get_args

from tests.end_to_end.program import run
from tests.schema_versions import adopted, neighbour
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.rows import cuid, insert, laid_out
from tests.schema_versions.telling import why

State = Literal["empty", "seeded", "adopted", "drifted"]
STATES: tuple[State, ...] = get_args(State)

SIZE = "tiny"

OBJECTIVE = "caa1a002-ca31-5186-8f93-202813bb7cb1"
KEY_RESULT = "9d36c3df-25fc-56dd-928a-94b3b4967920"
FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
ORGANIZATION = "9db37585-85ed-5f07-882c-4b69f52fd4d1"
BY_HAND = cuid("an objective by hand")

DRIFT = (
    f"UPDATE objectives SET title = 'Delight Everybody' WHERE id = '{OBJECTIVE}'",
    f"UPDATE key_results SET status = 'OFF_TRACK' WHERE id = '{KEY_RESULT}'",
    f"""DELETE FROM check_ins WHERE id = (SELECT min(id) FROM check_ins WHERE "keyResultId" = '{KEY_RESULT}')""",
    f"UPDATE users SET avatar = 'me.png', \"passwordHash\" = 'my own' WHERE id = '{FOUNDER}'",
    f'UPDATE objectives SET "positionX" = 12.5, "positionY" = -3 WHERE id = \'{OBJECTIVE}\'',
)
"""What people did to a seeded tenant: two values that a full run puts back, one row that every run puts back, and
values that no run touches."""


def bring(platform: Platform, state: State, canonical: Contents) -> None:
    """Bring a database without rows to a state."""
    neighbour.write(platform)
    if state == "adopted":
        adopted.write(platform, canonical)
    if state in ("seeded", "drifted"):
        seed(platform)
    if state == "drifted":
        platform.execute(*DRIFT, _by_hand(platform))


def seed(platform: Platform, size: str = SIZE) -> None:
    """Let okrseed seed the default tenant; what its checks say is looked at elsewhere."""
    outcome = run(platform.url, "--size", size, "--no-verify")
    assert outcome.exit == 0, why(outcome)


def _by_hand(platform: Platform) -> str:
    """The statement that writes an objective of the app's into our tenant, beside ours."""
    row = {
        "id": BY_HAND,
        "title": "By hand",
        "organizationId": ORGANIZATION,
        "ownerId": FOUNDER,
        "startDate": "2025-10-01T00:00:00",
        "endDate": "2025-12-31T23:59:59.999",
        "updatedAt": "2025-11-01T00:00:00",
    }
    return insert("objectives", laid_out(platform.version, "objectives", row, ORGANIZATION))
