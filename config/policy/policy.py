"""What an environment says of policies: by which packs it is checked, how strictly, and what is excepted until when."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from config.core.settings import Settings
from config.core.types import text

POLICIES: Final = "policies"
"""The folder below `values/` with packs of the project's own."""
RULE_NAME: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
NEVER: Final = "never"

RuleName = Annotated[
    str, *text(RULE_NAME, "the name of a rule (lower-case letters, digits, inner dashes)", max_length=60)
]
PackName = Annotated[
    str, *text(RULE_NAME, "the name of a pack (lower-case letters, digits, inner dashes)", max_length=60)
]
ResourcePattern = Annotated[
    str,
    *text(
        r"[\w*?.:-]+(?:/[\w*?.:-]+)*",
        "the path of a resource as the check prints it, like dev-cluster/eks/this; * stands for any text",
    ),
]


Enforcement = Literal["mandatory", "advisory", "disabled"]
"""What a failure of a rule means."""


def _expiry(value: str) -> str:
    if value != NEVER:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not a date like 2027-03-31, or {NEVER}") from None
    return value


class PolicyException(Settings):
    """A rule that fails for a resource, and may."""

    rule: RuleName = Field(description="Name of the rule.")
    resource: ResourcePattern = Field(
        default="*",
        description="Path of the resource, as the check prints it; `*` stands for any text. Default: every resource.",
    )
    reason: Annotated[str, *text(r".*\S.*", "a sentence", max_length=1000)] = Field(
        min_length=10, description="Why it may; it is in the reports."
    )
    expires: Annotated[
        str,
        AfterValidator(_expiry),
        WithJsonSchema({"type": "string", "pattern": rf"^(?:\d{{4}}-\d{{2}}-\d{{2}}|{NEVER})$"}),
    ] = Field(
        description="The last day on which it may, like `2027-03-31`, or `never`. Once it has passed the check fails, "
        "whether the rule is mandatory or not."
    )

    def covers(self, rule: str, resource: str) -> bool:
        """Whether it is about a rule and a resource."""
        return self.rule == rule and fnmatchcase(resource, self.resource)

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.expires != NEVER and date.fromisoformat(self.expires) < today


class PolicySettings(Settings):
    """By which rules `./eks check policy` checks the environment; nothing of it reaches Terraform's JSON."""

    packs: tuple[PackName, ...] | None = Field(
        default=None,
        description="Packs of rules: `baseline`, `cis-eks`, `cost`, and the names of files in `values/policies/`. "
        "Default: all of them.",
    )
    rules: dict[RuleName, Enforcement] = Field(
        default={},
        description="Rules that are stricter or looser here than in their pack: `mandatory`, `advisory` or `disabled`. "
        "Default: as the packs have them.",
    )
    exceptions: tuple[PolicyException, ...] = Field(default=(), description="What may fail a rule. Default: none.")
