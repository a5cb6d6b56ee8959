# Stands in for the registry module that the layout installs the release through.

variable "values" {
  type = string
}

resource "helm_release" "this" {
  count            = 1
  name             = "kube-prometheus-stack"
  repository       = "https://prometheus-community.github.io/helm-charts"
  chart            = "kube-prometheus-stack"
  namespace        = "monitoring"
  version          = "45.10.1"
  create_namespace = true
  values           = [var.values]
}
