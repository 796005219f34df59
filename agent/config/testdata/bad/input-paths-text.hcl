input "logfile" "web" {
  paths  = "/a" # error: paths must be a list of globs | This is a text
  output = output.stdout.out
}

output "stdout" "out" {}
