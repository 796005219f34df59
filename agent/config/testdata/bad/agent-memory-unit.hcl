agent {
  memory = "64M" # error: "64M" is not a size | "64MiB"
}
