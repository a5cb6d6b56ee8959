"""Settings of an application load balancer in front of a web page, by the AWS load balancer controller."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.core.settings import Settings
from config.core.types import KubernetesName, text

HostName = Annotated[
    str,
    *text(
        r"(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "a host name like grafana.example.com",
        max_length=253,
    ),
]
CertificateArn = Annotated[
    str,
    *text(
        r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+",
        "the ARN of a certificate in AWS Certificate Manager",
    ),
]


class LoadBalancerIngress(Settings):
    """The host, the load balancer and who reaches it."""

    host: HostName = Field(description="Host name that users type.")
    certificate_arn: CertificateArn | None = Field(
        default=None, description="Certificate of the host. Default: the controller looks one up by the host."
    )
    scheme: Literal["internal", "internet-facing"] = Field(
        default="internal", description="Whether the load balancer has public addresses. Default: internal."
    )
    group: KubernetesName | None = Field(
        default=None, description="Ingresses of a group share one load balancer. Default: one of its own."
    )
    ingress_class: KubernetesName = Field(default="alb", description="IngressClass. Default: alb.")
