agent {
  memory = "15MiB" # error: memory is out of range | from "16MiB"
}
