// A convolution by oneDNN's own primitives, in the layouts that they like best; and with what it takes to come from and to
// go back to the engine's layout (channels, places, images) and plain weights.
// usage: peer_onednn IMAGES CHANNELS SIZE OUTPUTS KERNEL STRIDE PAD GROUP SAMPLES
// prints one JSON line: milliseconds {forward, backward, forward_layouts, backward_layouts}, each SAMPLES long. Threads:
// OMP_NUM_THREADS. oneDNN 2.x.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dnnl.hpp>
#include <functional>
#include <string>
#include <vector>

using dnnl::memory;
using dim = memory::dim;

namespace {

dnnl::engine& cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

struct Step {
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
};

memory filled(const memory::desc& desc) {
  memory made(desc, cpu());
  auto* const floats = static_cast<float*>(made.get_data_handle());
  for (size_t i = 0; i < desc.get_size() / sizeof(float); ++i) floats[i] = static_cast<float>(i % 17) * 0.01f;
  return made;
}

Step reorder(const memory& from, const memory& to) {
  return {dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}};
}

std::string timed(dnnl::stream& stream, std::vector<Step> steps, int samples) {
  std::string list;
  for (int i = -2; i < samples; ++i) {
    const auto start = std::chrono::steady_clock::now();
    for (Step& step : steps) step.primitive.execute(stream, step.arguments);
    stream.wait();
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (i >= 0) list += (i > 0 ? "," : "") + std::to_string(ms);
  }
  return "[" + list + "]";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 10) return 2;
  std::vector<dim> v;
  for (int i = 1; i < argc; ++i) v.push_back(std::atoll(argv[i]));
  const dim n = v[0], c = v[1], size = v[2], o = v[3], k = v[4], s = v[5], p = v[6], g = v[7];
  const int samples = static_cast<int>(v[8]);
  const dim out = (size + 2 * p - k) / s + 1;
  const auto any = memory::format_tag::any;
  const auto f32 = memory::data_type::f32;
  const memory::dims x_dims{n, c, size, size}, y_dims{n, o, out, out};
  const memory::dims w_dims = g > 1 ? memory::dims{g, o / g, c / g, k, k} : memory::dims{o, c, k, k};
  const memory::desc x(x_dims, f32, any), w(w_dims, f32, any), y(y_dims, f32, any);
  const memory::desc own_x(x_dims, f32, memory::dims{1, size * size * n, size * n, n});
  const memory::desc own_y(y_dims, f32, memory::dims{1, out * out * n, out * n, n});
  const memory::desc own_w(w_dims, f32, g > 1 ? memory::format_tag::goihw : memory::format_tag::oihw);
  const memory::dims strides{s, s}, padding{p, p};
  const auto direct = dnnl::algorithm::convolution_direct;

  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, direct, x, w, y, strides, padding, padding}, cpu());
  const dnnl::convolution_backward_data::primitive_desc data({direct, x, w, y, strides, padding, padding}, cpu(), forward);
  const dnnl::convolution_backward_weights::primitive_desc weights({direct, x, w, y, strides, padding, padding}, cpu(),
                                                                   forward);
  dnnl::stream stream(cpu());
  const memory from_x = filled(own_x), from_y = filled(own_y), from_w = filled(own_w);

  const memory fx = filled(forward.src_desc()), fw = filled(forward.weights_desc()), fy = filled(forward.dst_desc());
  const Step f{dnnl::convolution_forward(forward), {{DNNL_ARG_SRC, fx}, {DNNL_ARG_WEIGHTS, fw}, {DNNL_ARG_DST, fy}}};
  const memory dx = filled(data.diff_src_desc()), dw = filled(data.weights_desc()), dy = filled(data.diff_dst_desc());
  const Step d{dnnl::convolution_backward_data(data),
               {{DNNL_ARG_DIFF_SRC, dx}, {DNNL_ARG_WEIGHTS, dw}, {DNNL_ARG_DIFF_DST, dy}}};
  const memory wx = filled(weights.src_desc()), ww = filled(weights.diff_weights_desc()),
               wy = filled(weights.diff_dst_desc());
  const Step b{dnnl::convolution_backward_weights(weights),
               {{DNNL_ARG_SRC, wx}, {DNNL_ARG_DIFF_WEIGHTS, ww}, {DNNL_ARG_DIFF_DST, wy}}};

  const std::string primitives = timed(stream, {f}, samples), backward = timed(stream, {d, b}, samples);
  const std::string with = timed(stream, {reorder(from_x, fx), reorder(from_w, fw), f, reorder(fy, from_y)}, samples);
  const std::string both = timed(stream,
                                 {reorder(from_w, dw), reorder(from_y, dy), d, reorder(dx, from_x), reorder(from_x, wx),
                                  reorder(from_y, wy), b, reorder(ww, from_w)},
                                 samples);
  std::printf("{\"forward\":%s,\"backward\":%s,\"forward_layouts\":%s,\"backward_layouts\":%s}\n", primitives.c_str(),
              backward.c_str(), with.c_str(), both.c_str());
}
