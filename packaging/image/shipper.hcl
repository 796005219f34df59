# What a container of the bare image runs with: mount yours over it, and drop-ins
# into /etc/shipper/conf.d.
agent {
  state_dir = "/var/lib/shipper"
}
