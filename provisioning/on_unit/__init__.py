"""What runs on a unit outside the releases: single files of the standard library, copied there by provisioning."""
