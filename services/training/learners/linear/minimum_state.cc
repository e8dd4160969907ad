#include "services/training/learners/linear/minimum_state.h"

namespace clientele::training {

v1::CheckpointStep ToStep(const Minimum& minimum, bool exact, double first_gradient_norm) {
  v1::CheckpointStep step;
  v1::NewtonState& state = *step.mutable_newton();
  *state.mutable_parameters() = {minimum.parameters.begin(), minimum.parameters.end()};
  state.set_value(minimum.at.value);
  state.set_loss(minimum.at.loss);
  state.set_pearson(minimum.at.pearson);
  *state.mutable_gradient() = {minimum.at.gradient.begin(), minimum.at.gradient.end()};
  *state.mutable_hessian() = {minimum.at.hessian.begin(), minimum.at.hessian.end()};
  *state.mutable_diagonal() = {minimum.at.diagonal.begin(), minimum.at.diagonal.end()};
  state.set_iterations(minimum.iterations);
  state.set_gradient_norm(minimum.gradient_norm);
  state.set_converged(minimum.converged);
  state.set_exact(exact);
  state.set_first_gradient_norm(first_gradient_norm);
  state.set_left_again(minimum.left_again);
  return step;
}

Minimum FromState(const v1::NewtonState& state) {
  Minimum minimum;
  minimum.parameters = {state.parameters().begin(), state.parameters().end()};
  minimum.at.value = state.value();
  minimum.at.loss = state.loss();
  minimum.at.pearson = state.pearson();
  minimum.at.gradient = {state.gradient().begin(), state.gradient().end()};
  minimum.at.hessian = {state.hessian().begin(), state.hessian().end()};
  minimum.at.diagonal = {state.diagonal().begin(), state.diagonal().end()};
  minimum.iterations = state.iterations();
  minimum.gradient_norm = state.gradient_norm();
  minimum.converged = state.converged();
  minimum.left_again = state.has_left_again() ? state.left_again() : 1;
  return minimum;
}

}  // namespace clientele::training
