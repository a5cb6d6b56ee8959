"""NVIDIA's device plugin, which offers the GPUs of a node to its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs.addons.addon_release import AddonConstruct, AddonProps

if TYPE_CHECKING:
    from config.addons.nvidia_device_plugin import NvidiaDevicePluginSettings
    from constructs import Construct
    from constructs.helm.helm_values import Values


class NvidiaDevicePlugin(AddonConstruct):
    """The release; its DaemonSet runs on nodes with the label `nvidia.com/gpu.present: "true"`."""

    def __init__(self, scope: Construct, id_: str, props: AddonProps[NvidiaDevicePluginSettings]) -> None:
        super().__init__(scope, id_)
        self.release = props.create_release(self, _values(props))


def _values(props: AddonProps[NvidiaDevicePluginSettings]) -> Values:
    """Return the values of the pinned chart, whose affinity asks for that label."""
    settings, context = props.settings, props.context
    tolerations = [one.model_dump(mode="json", exclude_none=True) for one in settings.tolerations]
    return {
        "fullnameOverride": props.service_account.name,
        "image": context.repository("nvidia/k8s-device-plugin"),
        "imagePullSecrets": context.pull_secrets(),
        "migStrategy": settings.mig_strategy,
        "resources": settings.resources.values(),
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}, *tolerations],
    }
