// A stack of layers as PyTorch code.

import { traceStack } from "./trace.js";

// The stack as PyTorch code, ready to be pasted into a cell.
export function stackCode(layers, batch) {
  const rows = traceStack(layers, batch);
  const lines = layers.map((layer, i) => {
    const shape = i ? rows[i - 1] && rows[i - 1].shape : [batch, 1, 28, 28];
    return `    ${layerCode(layer, shape)},`;
  });
  const view = layers.some((layer) => layer.kind === "view") ? VIEW_CODE : "";
  return `from torch import nn\n${view}\nmodel = nn.Sequential(\n${lines.join("\n")}\n)\n`;
}

const VIEW_CODE = `

class View(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features

    def forward(self, x):
        return x.view(-1, self.features)

`;

function layerCode(layer, shape) {
  switch (layer.kind) {
    case "conv": {
      const { filters, kernel, stride, padding, dilation } = layer;
      const inputs = shape && shape.length === 4 ? shape[1] : "...";
      return `nn.Conv2d(${inputs}, ${filters}, ${kernel}, stride=${stride}, ` +
        `padding=${padding}, dilation=${dilation})`;
    }
    case "max pool": return `nn.MaxPool2d(${layer.kernel}, stride=${layer.stride})`;
    case "average pool": return `nn.AvgPool2d(${layer.kernel}, stride=${layer.stride})`;
    case "relu": return "nn.ReLU()";
    case "flatten": return "nn.Flatten()";
    case "softmax": return "nn.Softmax(dim=1)";
    case "view": return `View(${layer.features})`;
    default: {
      const inputs = layer.inputs || (shape ? shape[shape.length - 1] : "...");
      return `nn.Linear(${inputs}, ${layer.outputs})`;
    }
  }
}
