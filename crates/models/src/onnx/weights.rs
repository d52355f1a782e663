//! Parameters of any rank under names of their own, as a burn module.

use burn::module::{Devices, Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::graph::Stored;
use super::value::{Array, Place};

/// A parameter of one to five axes.
#[derive(Debug, Clone)]
enum Ranked {
    One(Param<Tensor<1>>),
    Two(Param<Tensor<2>>),
    Three(Param<Tensor<3>>),
    Four(Param<Tensor<4>>),
    Five(Param<Tensor<5>>),
}

/// The same for each rank.
macro_rules! each {
    ($ranked:expr, $param:ident => $body:expr) => {
        match $ranked {
            Ranked::One($param) => $body,
            Ranked::Two($param) => $body,
            Ranked::Three($param) => $body,
            Ranked::Four($param) => $body,
            Ranked::Five($param) => $body,
        }
    };
    ($ranked:expr, wrapped $param:ident => $body:expr) => {
        match $ranked {
            Ranked::One($param) => Ranked::One($body),
            Ranked::Two($param) => Ranked::Two($body),
            Ranked::Three($param) => Ranked::Three($body),
            Ranked::Four($param) => Ranked::Four($body),
            Ranked::Five($param) => Ranked::Five($body),
        }
    };
}

/// The parameters of a network, in the order of its file. burn visits each under the name that it has there.
#[derive(Debug, Clone)]
pub(super) struct Weights(Vec<(String, Ranked)>);

fn param<const D: usize>(data: TensorData, place: &Place) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::from_data(data, (&place.device, place.dtype)))
}

impl Weights {
    pub(super) fn new(stored: &[Stored], place: &Place) -> Result<Self, super::OnnxError> {
        let ranked = |tensor: &Stored| -> Option<Ranked> {
            let data = TensorData::new(tensor.values.clone(), tensor.shape.clone());
            Some(match tensor.shape.len() {
                1 => Ranked::One(param(data, place)),
                2 => Ranked::Two(param(data, place)),
                3 => Ranked::Three(param(data, place)),
                4 => Ranked::Four(param(data, place)),
                5 => Ranked::Five(param(data, place)),
                _ => return None,
            })
        };
        let each = stored.iter().map(|tensor| {
            let named = |ranked| (tensor.name.clone(), ranked);
            ranked(tensor).map(named).ok_or_else(|| super::OnnxError::Tensor {
                name: tensor.name.clone(),
                reason: format!("has {} axes; parameters of one to five are computed", tensor.shape.len()),
            })
        });
        Ok(Self(each.collect::<Result<_, _>>()?))
    }

    /// Each parameter with its name.
    pub(super) fn arrays(&self) -> impl Iterator<Item = (&str, Result<Array, String>)> {
        self.0.iter().map(|(name, ranked)| (name.as_str(), each!(ranked, param => Array::new(param.val()))))
    }

    fn each(self, change: impl Fn(Ranked) -> Ranked) -> Self {
        Self(self.0.into_iter().map(|(name, ranked)| (name, change(ranked))).collect())
    }
}

impl Module for Weights {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.0
            .iter()
            .fold(devices, |devices, (_, ranked)| each!(ranked, param => param.collect_devices(devices)))
    }

    fn fork(self, device: &Device) -> Self {
        self.each(|ranked| each!(ranked, wrapped param => param.fork(device)))
    }

    fn to_device(self, device: &Device) -> Self {
        self.each(|ranked| each!(ranked, wrapped param => param.to_device(device)))
    }

    fn train(self) -> Self {
        self.each(|ranked| each!(ranked, wrapped param => param.train()))
    }

    fn valid(&self) -> Self {
        Self(
            self.0
                .iter()
                .map(|(name, ranked)| (name.clone(), each!(ranked, wrapped param => param.valid())))
                .collect(),
        )
    }

    fn materialize(self) -> Self {
        self.each(|ranked| each!(ranked, wrapped param => param.materialize()))
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        for (name, ranked) in &self.0 {
            visitor.enter_module(name, "Weights");
            each!(ranked, param => param.visit(visitor));
            visitor.exit_module(name, "Weights");
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        let each = self.0.into_iter().map(|(name, ranked)| {
            mapper.enter_module(&name, "Weights");
            let ranked = each!(ranked, wrapped param => Module::map(param, mapper));
            mapper.exit_module(&name, "Weights");
            (name, ranked)
        });
        Self(each.collect())
    }
}
