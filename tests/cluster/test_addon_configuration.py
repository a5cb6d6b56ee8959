"""Configuration of EKS add-ons, as their schemas want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.core.project import Project


@pytest.mark.parametrize(
    ("configuration", "path"),
    [
        ("enableNetworkPolicy: true", "enableNetworkPolicy: true"),
        ("env: {ENABLE_PREFIX_DELEGATION: true}", "env.ENABLE_PREFIX_DELEGATION: true"),
        ("env: {WARM_PREFIX_TARGET: 1}", "env.WARM_PREFIX_TARGET: 1"),
        ("init: {env: {DISABLE_TCP_EARLY_DEMUX: false}}", "init.env.DISABLE_TCP_EARLY_DEMUX: false"),
    ],
)
def test_a_boolean_in_the_configuration_of_vpc_cni_is_refused(configuration: str, path: str, project: Project) -> None:
    project.refuses(
        f"cluster.addons.vpc_cni.configuration.{path} is not text, which the add-on's schema wants; put it in quotes",
        cluster=f"addons: {{vpc_cni: {{configuration: {{{configuration}}}}}}} # <-",
    )


def test_text_and_booleans_that_the_schema_wants_are_taken(project: Project) -> None:
    configuration = '{enableNetworkPolicy: "true", eniConfig: {create: true}, env: {ENABLE_PREFIX_DELEGATION: "true"}}'
    project.environment(cluster=f"addons: {{vpc_cni: {{configuration: {configuration}}}}}")


def test_a_tag_key_that_differs_from_name_in_case_is_refused(project: Project) -> None:
    project.refuses(
        "tags.name: differs from Name, which resources have, in upper and lower case only; IAM refuses it",
        top="tags: {name: x} # <-",
    )
