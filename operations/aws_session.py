"""Opens sessions of botocore for what a command itself asks AWS about the state of an S3 backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS: Final = (("AWS_PROFILE", "profile"), ("AWS_CONFIG_FILE", "config_file"))


def session_of_state(
    backend: Mapping[str, Any], variables: Mapping[str, str], region: str | None
) -> botocore.session.Session:
    """Return a session with the identity that reaches a state: that of these variables, or of the backend's block.

    Args:
        backend: Settings of the backend as Terraform has them: `profile` and `assume_role` count.
        variables: Environment variables of Terraform.
        region: Region whose STS is asked for the role.

    """
    session = botocore.session.get_session()
    for variable, name in SETTINGS:
        if variable in variables:
            session.set_config_variable(name, variables[variable])
    if backend.get("profile"):
        session.set_config_variable("profile", backend["profile"])
    role = backend.get("assume_role")
    if not role:
        return session
    external_id = {"ExternalId": role["external_id"]} if role.get("external_id") else {}
    sts = session.create_client("sts", region_name=region)
    given = sts.assume_role(RoleArn=role["role_arn"], RoleSessionName="eks", **external_id)["Credentials"]
    assumed = botocore.session.get_session()
    assumed.set_credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return assumed
