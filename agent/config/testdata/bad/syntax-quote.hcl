input "logfile" "web" {
  output = output.stdout.out
  paths  = ["/a]  # error: text without an end
}

output "stdout" "out" {
  frmat = "raw" # error: unknown key "frmat"
}
