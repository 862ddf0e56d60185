/// The neutral model: what every reader produces and everything downstream consumes.
///
/// Holds shapes and counts, never weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/dtype.hpp"
#include "berth/layout.hpp"
#include "berth/result.hpp"

namespace berth {

/// A transformer by its dimensions. Counts are per model; the names follow the workload document.
struct Transformer {
  enum class Kind : std::uint8_t { kDecoder, kEncoder, kEncoderDecoder };
  Kind kind = Kind::kDecoder;
  std::int64_t layers = 0;          ///< decoder layers; encoder layers for encoders
  std::int64_t encoder_layers = 0;  ///< encoder-decoder only; 0 = layers
  std::int64_t hidden = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t ffn = 0;  ///< width of a dense feed-forward block
  bool gated_ffn = false;
  std::int64_t vocab = 0;          ///< 0: no token embedding known
  std::int64_t max_positions = 0;  ///< 0: unknown
  bool tied_embeddings = false;
  std::int64_t experts = 0;  ///< 0: dense
  std::int64_t experts_per_token = 0;
  std::int64_t expert_ffn = 0;
  std::int64_t shared_experts = 0;
  std::int64_t dense_layers = 0;          ///< leading layers without experts
  std::int64_t sliding_window = 0;        ///< 0: full attention
  std::int64_t full_attention_every = 1;  ///< with a window: every n-th layer is full; 0: none is
  std::optional<LatentAttention> latent;
};

/// What is known of a model that has neither dimensions nor an operator table.
struct Summary {
  std::string family;  ///< "dense-cnn", "depthwise-cnn", "vit", … ; empty unknown
  std::optional<double> parameters;
  std::optional<double> macs_per_item;
  std::optional<double> activation_elements_per_item;  ///< outputs of convolutions and linear layers
};

struct TreeEnsemble {
  std::int64_t count = 0;
  std::int64_t depth = 0;
  std::int64_t outputs = 1;
};

enum class OperatorKind : std::uint8_t {
  kMatmul,
  kConv,
  kDepthwiseConv,
  kAttention,
  kNorm,
  kElementwise,
  kSoftmax,
  kEmbedding,
  kPool,
  kReduce,
  kDataMovement,
  kOther
};
inline constexpr int kOperatorKindCount = 12;
const char* to_string(OperatorKind kind);
std::optional<OperatorKind> parse_operator_kind(std::string_view word);

/// One row of the operator table. A matmul is [m,k]·[k,n], done `batch` times, the whole row `count`
/// times in the model. Convolutions are their implicit matmul (m = output pixels, n = output
/// channels, k = input channels per group × window; batch = groups). Attention comes as two rows, the
/// scores (n = keys that a query sees on average) and the values (k = those keys); queries that share
/// keys are rows of one product. For other kinds m·n is the number of output elements and k = the
/// operations per element.
struct Operator {
  OperatorKind kind = OperatorKind::kOther;
  std::string name;
  double m = 1;
  double n = 1;
  double k = 1;
  double batch = 1;
  double count = 1;
  DType dtype = DType::kBf16;
  double weight_elements = 0;  ///< trainable elements of one of the `batch` products (0: both inputs are activations)
  /// Elements read and written by one of the `batch` executions, where the formula of the kind
  /// (profile.hpp) isn't right: 0 for work that is fused into its neighbour.
  std::optional<double> elements_moved;
};

/// Something that weight files of a model hold and the model itself doesn't count.
struct FileExtra {
  std::string what;
  std::int64_t elements = 0;  ///< negative: something that files may lack
};

/// How much of a model an accelerator takes that runs only some operators and only some types. It runs the
/// operators from the first on, up to the first that it can't (`mapped` of them); the rest is the host's.
struct OperatorFit {
  std::int64_t operators = 0;
  std::int64_t mapped = 0;                    ///< before the first that doesn't fit
  std::int64_t fitting = 0;                   ///< of all, wherever they stand
  std::string first_unmapped;                 ///< "42 SOFTMAX"; empty: all fit
  std::string why;                            ///< of the first: its type, a dynamic shape, the operator
  std::int64_t parameter_bytes = 0;           ///< constants of the operators that are mapped
  std::string device;                         ///< catalog id of the accelerator
  std::optional<std::int64_t> on_chip_bytes;  ///< memory for parameters, filled in by who has the catalog
};

struct Model {
  std::string name;
  std::string path;          ///< file or folder that it was read from; empty: none
  std::string format;        ///< "hf_config", "transformer", "summary", "operators", "none", …
  std::string architecture;  ///< the format's own word: "llama", "resnet50", …
  std::optional<Transformer> transformer;
  std::optional<Summary> summary;
  std::optional<TreeEnsemble> trees;
  std::optional<Layout> layout;  ///< set for networks of transformer kind; more exact than `transformer`
  std::vector<Operator>
      operators;  ///< of one item; empty for transformers, whose table depends on the pass (profile.hpp)
  std::vector<TensorGroup> tensors;
  std::int64_t parameters = 0;  ///< exact, from `tensors`; 0 unknown
  std::int64_t active_parameters = 0;
  std::optional<std::int64_t> parameters_in_file;
  std::string why_different;  ///< when in_file differs
  /// What files of this type may hold beyond the model, worked out from the config: extra prediction
  /// layers, a head stored although tied, rotary tables; or lack: a head.
  std::vector<FileExtra> file_extras;
  std::optional<OperatorFit> edge_tpu;  ///< TFLite files only
  std::optional<DType> declared_dtype;  ///< what the file says the weights are
  std::string declared_quantization;    ///< weight format id when the file says so
  std::vector<std::string> notes;       ///< assumptions made while reading, in words
};

/// Layers that see all keys: all of them without a sliding window. Thread-safe.
std::int64_t full_attention_layers(const Transformer& transformer);

/// Checks a description, fills in what follows from it (kv_heads = heads, head_dim = hidden / heads,
/// encoder_layers = layers), counts its parameters exactly. Biases and position tables are not part of
/// the description and not counted; norms count one element a channel, two a layer and one at the end
/// of each stack (three a layer with cross-attention). `notes` says so.
/// Errors: kInvalid naming the field (without a span); kLimit when a count passes 2^62. Thread-safe.
Result<Model> model_from_transformer(const Transformer& transformer);

/// The long form of a checked description. Thread-safe.
Layout layout_of(const Transformer& transformer);

/// Every parameter tensor of the layout. Thread-safe.
std::vector<TensorGroup> layout_tensors(const Layout& layout);

/// Sets `parameters` and `active_parameters` from `tensors`. Errors: kLimit past 2^62. Thread-safe.
Status count_parameters(Model& model);

/// A model of which only totals are known. Thread-safe.
Model model_from_summary(const Summary& summary);

/// A model given by its operators. Matrix products and convolutions with a weight add to `parameters`.
/// Errors: kInvalid for an empty list or for sizes that aren't positive and finite. Thread-safe.
Result<Model> model_from_operators(std::vector<Operator> operators);

}  // namespace berth
