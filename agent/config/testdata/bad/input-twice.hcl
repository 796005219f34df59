input "logfile" "web" {
  paths  = ["/a"]
  output = output.stdout.out
}

input "logfile" "web" { # error: second block input "web" | input-twice.hcl:1:1
  paths  = ["/a"]
  output = output.stdout.out
}

output "stdout" "out" {}
