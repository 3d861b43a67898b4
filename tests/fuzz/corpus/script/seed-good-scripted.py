class ScriptedHyperGan(Module):
  __parameters__ = ["first", "last", ]
  __buffers__ = []
  first : Tensor
  last : Tensor
  training : bool
  _is_full_backward_hook : Optional[bool]
  def forward(self: __torch__.scripted.ScriptedHyperGan,
    inputs: Tensor,
    noise: Tensor) -> Tensor:
    _0 = (self).predict(inputs, (self).generate(noise, ), )
    return _0
  def generate(self: __torch__.scripted.ScriptedHyperGan,
    noise: Tensor) -> List[Tensor]:
    count = torch.size(noise, 0)
    first = self.first
    _1 = torch.view(torch.matmul(noise, first), [count, 5, 6])
    last = self.last
    _2 = torch.view(torch.matmul(noise, last), [count, 4, 5])
    return [_1, _2]
  def predict(self: __torch__.scripted.ScriptedHyperGan,
    inputs: Tensor,
    weights: List[Tensor]) -> Tensor:
    rows = torch.t(torch.flatten(inputs, 1))
    hidden = torch.tanh(torch.matmul(weights[0], rows))
    _3 = torch.transpose(torch.matmul(weights[1], hidden), 1, 2)
    return torch.contiguous(_3)
