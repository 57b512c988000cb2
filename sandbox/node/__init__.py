"""A Kubernetes node whose pods run as processes of this machine.

`python -m sandbox.node` registers a Node, runs the pods that the scheduler binds to it, and
serves what the API server asks of a kubelet. It talks to any API server; nothing else in here
knows the sandbox's other parts.

How the files hang together, from the outside in::

    __main__ -> settings, node
    node       everything of one node, started and stopped
      lease, registration      the Node object and its heartbeat
      pods                     which pods there are: one `pod` each
        pod                    one pod's life: volumes, containers, ending
          container            one container's life: image, start, probes, restarts
            shim, process      the process itself, found again after a restart
          volumes, environment, images, events, status ...
      server                   logs, metrics, `kubectl top`
"""
