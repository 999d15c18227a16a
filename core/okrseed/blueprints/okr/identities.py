"""The namespaces and names of every row (specification: okr, section 2)."""

from __future__ import annotations

from okrseed.identity import Namespace


def _namespace(head: str) -> Namespace:
    return Namespace(f"{head}-9dad-11d1-80b4-00c04fd430c8")


_ORGANIZATION = _namespace("6ba7b811")
_WORKSPACE = _namespace("6ba7b812")
_TEAM = _namespace("6ba7b813")
_USER = _namespace("6ba7b814")
_CYCLE = _namespace("6ba7b815")
_OBJECTIVE = _namespace("6ba7b816")
_KEY_RESULT = _namespace("6ba7b817")
_INITIATIVE = _namespace("6ba7b818")
_PILLAR = _namespace("6ba7b819")
_ROLE = _namespace("6ba7b81a")
_LINK = _namespace("6ba7b81b")
_CHECK_IN = _namespace("6ba7b81c")
_REQUEST = _namespace("6ba7b81d")
_RESPONSE = _namespace("6ba7b81e")
_MEMBERSHIP = _namespace("6ba7b81f")


def organization_id(slug: str) -> str:
    return _ORGANIZATION.id(slug)


def workspace_id(organization: str, slug: str) -> str:
    return _WORKSPACE.id(f"{organization}:{slug}")


def team_id(workspace: str, slug: str) -> str:
    return _TEAM.id(f"{workspace}:{slug}")


def user_id(email: str) -> str:
    return _USER.id(email)


def cycle_id(organization: str, name: str) -> str:
    return _CYCLE.id(f"{organization}:{name}")


def pillar_id(organization: str, name: str) -> str:
    return _PILLAR.id(f"{organization}:{name}")


def objective_id(organization: str, scope_type: str, scope: str, cycle: str, title: str) -> str:
    """`scope_type` is tenant, workspace or team; `scope` is empty for the tenant."""
    return _OBJECTIVE.id(f"{organization}:{scope_type}:{scope}:{cycle}:{title}")


def key_result_id(objective: str, title: str) -> str:
    return _KEY_RESULT.id(f"{objective}:{title}")


def initiative_id(objective: str, title: str) -> str:
    return _INITIATIVE.id(f"{objective}:{title}")


def role_id(user: str, role: str, scope_type: str, scope: str | None) -> str:
    return _ROLE.id(f"{user}:{role}:{scope_type}:{scope or ''}")


def link_id(objective: str, key_result: str) -> str:
    return _LINK.id(f"{objective}:{key_result}")


def check_in_id(key_result: str, ordinal: int) -> str:
    """`ordinal` counts from the oldest, which is 0."""
    return _CHECK_IN.id(f"{key_result}:{ordinal}")


def request_id(organization: str, requester: str, target: str, ordinal: int) -> str:
    return _REQUEST.id(f"{organization}:{requester}:{target}:{ordinal}")


def response_id(request: str) -> str:
    return _RESPONSE.id(request)


def membership_id(user: str, scope: str) -> str:
    return _MEMBERSHIP.id(f"{user}:{scope}")
