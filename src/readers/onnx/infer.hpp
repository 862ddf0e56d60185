// Walks a graph in order, with shapes for values: what runs, how large it is, and what can't be told.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "berth/readers.hpp"
#include "readers/onnx/rows.hpp"

namespace berth::onnx {

// Elements that are stored or made as constants, by what they are used for.
struct ParameterCount {
  double in_file = 0;     // all that the file holds as tensors of initializers and Constant nodes
  double parameters = 0;  // trainable, as far as a file can tell
  double statistics = 0;  // of batch normalisation
  double scales = 0;      // and zero points of quantisation
  double constants = 0;   // indices, shapes, scalars, and settings of operators
  double unused = 0;
  double generated = 0;           // parameters that ConstantOfShape makes: not stored
  double unpacked = 0;            // parameters beyond the bytes they are packed into
  std::map<int, double> by_type;  // parameters by element type
};

struct Unknown {
  std::string name;  // "com.example.Op"
  std::int64_t nodes = 0;
};

struct Inferred {
  std::vector<Operator> operators;
  ParameterCount count;
  std::int64_t nodes = 0;        // of the file, constants and views included
  std::vector<Unknown> unknown;  // operators that aren't known, in order of appearance
  std::int64_t unsized = 0;      // known operators whose shapes can't be told
  std::string first_unsized;
  std::vector<std::string> assumed_dims;  // "batch (ids:0)"
  std::vector<std::string> notes;
  std::vector<TreeEnsemble> trees;
  bool has_stripped = false;  // tensors without data
};

Result<Inferred> infer(const File& file, const ReadOptions& options);

}  // namespace berth::onnx
