//! Which bounds and measures a network admits, before any data is seen.

use saddlepoint_theory::capacity::fisher_rao::Homogeneous;

use super::{Chain, Structure};

/// A bound or a measure, and whether a network is one of those that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicable {
    /// What it is, with its authors.
    pub what: &'static str,
    /// What to know when it is used, which may be nothing; or the hypothesis that fails.
    pub verdict: Result<String, String>,
}

impl Structure {
    /// Bounds and measures whose hypotheses are about the network, in an order from weak hypotheses to strong ones. What is asked
    /// of data is asked when they are computed.
    pub fn applicable(&self) -> Vec<Applicable> {
        let all = |what| Applicable { what, verdict: Ok(String::new()) };
        let of_upper = |what| Applicable {
            what,
            verdict: match &self.upper {
                Ok(upper) if upper.jump > 0.0 => {
                    Ok(format!("but for jumps of at most {:.1e}, which are added", upper.jump))
                }
                Ok(_) => Ok(String::new()),
                Err(_) => Err("the network has no bound of its Lipschitz constant".to_owned()),
            },
        };
        let of_chain = |what, hypothesis: &dyn Fn(&Chain) -> Result<(), String>| Applicable {
            what,
            verdict: match &self.chain {
                Ok(chain) => hypothesis(chain).map(|()| chain.remarks()),
                Err(refused) => Err(refused.to_string()),
            },
        };
        let scalar = |chain: &Chain| {
            chain.network.require_scalar_and_homogeneous().map_err(|violation| violation.to_string())
        };
        let homogeneous =
            |chain: &Chain| chain.network.activation().require_homogeneous().map_err(|error| error.to_string());
        vec![
            all("test-set bounds, margins, loss and accuracy"),
            all("Hessian and Gauss-Newton spectra, sharpness, gradient noise, loss surfaces"),
            of_upper("Lipschitz bound, and margins normalized by it"),
            Applicable {
                what: "VC dimension (Bartlett, Harvey, Liaw, Mehrabian 2019), of each output's sign",
                verdict: match &self.architecture {
                    Ok(sizes) => Ok(format!("at most {}", sizes.vc_dimension_bound())),
                    Err(refused) => Err(refused.to_string()),
                },
            },
            of_chain("spectral complexity (Bartlett, Foster, Telgarsky 2017)", &|_| Ok(())),
            of_chain("PAC-Bayes by spectral norms (Neyshabur, Bhojanapalli, Srebro 2018)", &homogeneous),
            of_chain("compression by noise cushions (Arora, Ge, Neyshabur, Zhang 2018)", &|chain| {
                let activation = chain.network.activation();
                if activation.name() == "relu" || chain.network.depth() == 1 {
                    Ok(())
                } else {
                    Err(format!("the theorem is about relu networks, not about {}", activation.name()))
                }
            }),
            of_chain("Fisher-Rao norm (Liang, Poggio, Rakhlin, Stokes 2019)", &|chain| {
                Homogeneous::new(&chain.network).map(drop).map_err(|error| error.to_string())
            }),
            of_chain("path norm (Neyshabur, Tomioka, Srebro 2015)", &scalar),
            of_chain("Frobenius norms (Golowich, Rakhlin, Shamir 2018)", &scalar),
        ]
    }
}

impl Chain {
    /// What makes the theorems' network another one than the graph shows.
    fn remarks(&self) -> String {
        let mut remarks = vec![];
        if self.augmented {
            remarks.push("biases count as weights of an input that is always 1".to_owned());
        }
        if !self.written_out.is_empty() {
            remarks.push(format!("written down as matrices: {}", self.written_out.join(", ")));
        }
        if !self.folded.is_empty() {
            remarks.push(format!("folded into the layers before them: {}", self.folded.join(", ")));
        }
        remarks.join("; ")
    }
}
