"""Tenants of a user's own, as tables of a configuration file."""

from __future__ import annotations

from functools import cache
from typing import Any

from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.configuration import blueprint

HARBOUR: dict[str, Any] = {
    "name": "Harbour & Sons",
    "slug": "harbour",
    "domain": "harbour.example",
    "pillars": ["Safe ships", "Happy crews", "Clean seas"],
    "workspaces": [
        {"name": "Legal", "teams": ["Contracts", "Compliance"], "leads": 3, "team_leads": 2, "members": 9},
        {"name": "Finance", "teams": ["Accounting"], "leads": 2, "team_leads": 1, "members": 4},
        {"name": "Fleet Operations", "teams": ["North Sea", "Baltic Sea", "Crewing"], "team_leads": 4, "members": 30},
    ],
}
"""Nothing in it is known to the content files."""

PUZZEL: list[dict[str, Any]] = [
    {"name": "Sales", "teams": ["Enterprise Sales", "SMB Sales", "Account Management"]},
    {
        "name": "Support",
        "teams": ["Tier 1 Support", "Tier 2 Support", "Technical Support", "Customer Success"],
        "team_leads": 6,
        "members": 29,
    },
    {"name": "Marketing", "teams": ["Content Marketing", "Demand Generation", "Product Marketing"]},
    {"name": "Product", "teams": ["Product Management", "User Research", "Design"], "members": 21},
    {
        "name": "Engineering",
        "teams": ["Backend Engineering", "Frontend Engineering", "DevOps", "Platform Engineering"],
        "team_leads": 6,
        "members": 29,
    },
    {"name": "People", "teams": ["HR Operations", "Talent Acquisition", "Learning & Development"]},
]
"""The workspaces of the default tenant, as a user would write them."""

LEGAL: dict[str, Any] = {"name": "Legal", "teams": ["Contracts", "Compliance", "Privacy"]}


@cache
def harbour() -> OkrBlueprint:
    return blueprint(HARBOUR)


def puzzel_with(workspaces: list[dict[str, Any]]) -> OkrBlueprint:
    """The default tenant with other workspaces; the same blueprint for the same ones asked for again."""
    known = str(workspaces)
    if known not in _arranged:
        _arranged[known] = blueprint({"workspaces": workspaces})
    return _arranged[known]


_arranged: dict[str, OkrBlueprint] = {}
