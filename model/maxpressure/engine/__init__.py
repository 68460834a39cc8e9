"""The compiled engine: many worlds at once, equal to `model.world.World` to the bit.

`arrays` lays a situation out, `week` and `replay` are the kernels, `engines` puts both engines behind one protocol.
It may import `model` and what stands below it.
"""
