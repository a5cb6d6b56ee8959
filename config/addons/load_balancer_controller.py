"""Settings of the AWS load balancer controller."""

from __future__ import annotations

from pydantic import Field

from config import versions
from config.addons.addon import Addon, Monitor, Replicas
from config.core.chart_settings import ChartRepository, ChartVersion, chart_repository, chart_version
from config.core.resources import Resources, resources
from config.core.types import KubernetesName


class LoadBalancerControllerSettings(Addon):
    """The AWS load balancer controller: application load balancers for ingresses, network ones for services."""

    TITLE = "AWS load balancer controller"
    PAGE = "expose-grafana.md"
    CHART = versions.AWS_LOAD_BALANCER_CONTROLLER
    ROLE = "load-balancers"
    ONLY_ON_EKS = True
    # Its Service is that of its webhook.
    MONITOR = Monitor("PodMonitor", {"port": "metrics-server"})
    RULES = ("aws_load_balancer_controller",)

    chart_version: ChartVersion = chart_version(CHART)
    chart_repository: ChartRepository = chart_repository(CHART)
    ingress_class: KubernetesName = Field(default="alb", description="Name of the IngressClass. Default: alb.")
    is_default_ingress_class: bool = Field(
        default=False, description="Serve ingresses that name no class. Default: false."
    )
    serves_all_services: bool = Field(
        default=False,
        description="Give every new service of type LoadBalancer a network load balancer, by a webhook that no "
        "service is made without; else only those with loadBalancerClass service.k8s.aws/nlb. Default: false.",
    )
    waf: bool = Field(
        default=False,
        description="Attach the WAF web ACLs that ingresses name, with the permission for it. Default: false.",
    )
    shield: bool = Field(
        default=False,
        description="Protect load balancers whose ingresses ask for Shield Advanced, with the permission for it. "
        "Default: false.",
    )
    replicas: Replicas = Field(default=2, description="Replicas; one works, the others wait. Default: 2.")
    resources: Resources = resources("50m", "128Mi", "256Mi")
