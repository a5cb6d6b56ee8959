"""What the commands of `./eks` do for an environment apart from Terraform: their AWS identity, and hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from config.core.settings import Problem, Settings
from config.core.types import AwsProfile, ExternalId, RoleArn, TagKey, TagValue, text

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_HOOK_SECONDS: Final = 86_400


class Hook(Settings):
    """A program that a command runs on the machine where it runs; no shell reads it."""

    command: tuple[Annotated[str, *text(r"[^\x00]*", "an argument without NUL characters", max_length=4096)], ...] = (
        Field(min_length=1, description="The program and its arguments, from the folder of the project.")
    )
    timeout_seconds: int = Field(
        default=600, ge=1, le=LONGEST_HOOK_SECONDS, description="Seconds after which it is ended, and has failed."
    )
    on_failure: Literal["stop", "continue"] = Field(
        default="stop",
        description="`stop`: the command fails, and applies nothing where the hook came before; `continue`: it is only "
        "said.",
    )


class Hooks(Settings):
    """What is run around one command."""

    before: tuple[Hook, ...] = Field(
        default=(), description="Run before anything is planned by `plan`, or applied once it is confirmed."
    )
    after: tuple[Hook, ...] = Field(default=(), description="Run after a success.")
    on_error: tuple[Hook, ...] = Field(
        default=(), description="Run after a failure, that of a hook included; not after Ctrl-C."
    )


class HooksByCommand(Settings):
    """What is run around each command."""

    plan: Hooks = Field(default=Hooks(), description="Around `./eks plan` and `./eks diff`. Default: none.")
    deploy: Hooks = Field(default=Hooks(), description="Around `./eks deploy`. Default: none.")
    destroy: Hooks = Field(default=Hooks(), description="Around `./eks destroy`. Default: none.")


class CommandsSettings(Settings):
    """What the commands do on the machine where they run; nothing of it reaches Terraform's JSON or HCP Terraform."""

    aws_profile: AwsProfile | None = Field(
        default=None,
        description="Profile of AWS that terraform, aws and kubectl use, unless the caller's variables (AWS_PROFILE, "
        "AWS_ACCESS_KEY_ID, …) or --profile say another. Default: the caller's.",
    )
    assume_role_arn: RoleArn | None = Field(
        default=None,
        description="IAM role that they assume with it; --assume-role says another. Default: none.",
    )
    assume_role_external_id: ExternalId | None = Field(
        default=None, description="External id that the trust policy of that role asks for. Default: none."
    )
    assume_role_session_tags: dict[TagKey, TagValue] = Field(
        default={},
        max_length=50,
        description="Tags of its sessions, for policies that decide by `aws:PrincipalTag`; its trust policy has to "
        "permit sts:TagSession. At most 50. Default: none.",
    )
    hooks: HooksByCommand = Field(default=HooksByCommand(), description="Programs that are run around the commands.")
    policy_checks: tuple[Literal["plan", "deploy"], ...] = Field(
        default=(),
        description="Commands that check what they planned by the environment's policy: where a mandatory rule fails, "
        "`plan` ends with 1 and `deploy` applies nothing. Default: none.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield what belongs to a role that is not named."""
        for field in ("assume_role_external_id", "assume_role_session_tags"):
            if getattr(self, field) and self.assume_role_arn is None:
                yield Problem((field,), "has no effect without assume_role_arn")
