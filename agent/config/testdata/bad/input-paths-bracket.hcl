input "logfile" "web" {
  paths  = ["/a/[b"] # error: bad paths: "/a/[b" | is no glob
  output = output.stdout.out
}

output "stdout" "out" {}
