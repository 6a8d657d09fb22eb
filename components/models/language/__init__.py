"""Language in which concepts are written: fields, registry, graph, recorder, common layers."""
