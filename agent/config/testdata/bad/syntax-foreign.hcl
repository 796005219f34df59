agent {
  memory: 64MiB # error: neither a key nor a block | NAME = VALUE
}
input "logfile" "a" {
  paths = ["/a"
  output = output.file.f # error: list without an end | "]"
}
input "logfile" "b" {
  match = "\d" # error: unknown escape sequence | write two
}
output "file" "g" {
  path = 64MiB # error: the value should end here | in quotes
}
output "file" "f" { path = "/a" format = "raw" } # error: more than one key on the line
