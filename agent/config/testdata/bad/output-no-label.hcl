output "kafka" { # error: the block output needs a kind and a label
}
