"""The edge: HAProxy, which follows the cluster's HTTPRoutes without ever being reloaded."""
