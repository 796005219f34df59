# Container logs of a Kubernetes node, as kubelet lays them out. The namespace, pod
# and container are in the path; stdout or stderr goes into the header stream.

input "logfile" "pods" {
  paths   = ["/var/log/pods/*/*/*.log"]
  match   = "^/var/log/pods/(?P<namespace>[^_]+)_(?P<pod>[^_]+)_(?P<uid>[^/]+)/(?P<container>[^/]+)/"
  format  = "cri"
  output  = output.kafka.events
  topic   = "k8s.${match.namespace}"
  headers = { pod = match.pod, container = match.container, node = host }

  # Namespaces are made by many people: let none invent a topic.
  topic_prefix = "k8s."
}
