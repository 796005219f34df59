input "logfile" "web" {
  paths  = ["/a/*"]
  output = output.file.loop # error: input "web" would ship its own output
}

output "file" "loop" {
  path = "/a/b"
}
