//! Parameters under the names that other packages print them with.

use std::error::Error;
use std::fmt;

use edge_clv::{BgNbdParameters, GammaGammaParameters, TimeUnit};

/// The days in a model's unit of time.
pub fn days_of(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::Day => 1.0,
        TimeUnit::Week => 7.0,
    }
}

/// The parameters of BG/NBD from text such as `r=0.243,alpha=4.414,a=0.793,b=2.426`.
///
/// lifetimes, BTYD, CLVTools and PyMC-Marketing call them r, alpha, a and b. PyMC-Marketing's
/// `phi_dropout` and `kappa_dropout` stand for a = phi kappa and b = (1 - phi) kappa. The names
/// may come in any order, in capitals too.
///
/// # Errors
/// Where a part is no name with a number, or a name is missing, unknown or given twice.
///
/// # Example
/// ```
/// let bg_nbd = edge_clv_train::bg_nbd_named("a=.793, b=2.426, r=.243, alpha=4.414")?;
/// assert_eq!(bg_nbd.alpha, 4.414);
/// # Ok::<(), edge_clv_train::NamesError>(())
/// ```
pub fn bg_nbd_named(text: &str) -> Result<BgNbdParameters, NamesError> {
    let mut named = Named::read(text)?;
    let (r, alpha) = (named.take(&["r"])?, named.take(&["alpha"])?);
    let (a, b) = if named.has("phi_dropout") || named.has("kappa_dropout") {
        let phi = named.take(&["phi_dropout"])?;
        let kappa = named.take(&["kappa_dropout"])?;
        (phi * kappa, (1.0 - phi) * kappa)
    } else {
        (named.take(&["a"])?, named.take(&["b"])?)
    };
    named.none_left("r, alpha, a and b (or phi_dropout and kappa_dropout)")?;
    Ok(BgNbdParameters { r, alpha, a, b })
}

/// The parameters of Gamma-Gamma from text such as `p=6.25,q=3.74,v=15.44`.
///
/// lifetimes and PyMC-Marketing call them p, q and v; CLVTools and BTYD call the last gamma.
///
/// # Errors
/// As of [`bg_nbd_named`].
pub fn gamma_gamma_named(text: &str) -> Result<GammaGammaParameters, NamesError> {
    let mut named = Named::read(text)?;
    let (p, q) = (named.take(&["p"])?, named.take(&["q"])?);
    let v = named.take(&["v", "gamma"])?;
    named.none_left("p, q and v (or gamma)")?;
    Ok(GammaGammaParameters { p, q, v })
}

/// Names with numbers.
struct Named(Vec<(String, f64)>);

impl Named {
    fn read(text: &str) -> Result<Self, NamesError> {
        let mut named: Vec<(String, f64)> = Vec::new();
        for part in text.split(',') {
            let wrong = || NamesError::Part(part.trim().to_owned());
            let (name, number) = part.split_once('=').ok_or_else(wrong)?;
            let number = number.trim().parse().map_err(|_| wrong())?;
            let name = name.trim().to_ascii_lowercase();
            if named.iter().any(|(other, _)| *other == name) {
                return Err(NamesError::Twice(name));
            }
            named.push((name, number));
        }
        Ok(Self(named))
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    /// The number under the first of these names that is there.
    fn take(&mut self, names: &[&'static str]) -> Result<f64, NamesError> {
        let found = names.iter().find_map(|name| self.0.iter().position(|(n, _)| n == name));
        found.map(|at| self.0.remove(at).1).ok_or(NamesError::Missing(names[0]))
    }

    fn none_left(&self, known: &'static str) -> Result<(), NamesError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(NamesError::Unknown { name: name.clone(), known }),
        }
    }
}

/// Why a text names no parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamesError {
    /// This is not a name with a number.
    Part(String),
    /// This name is given twice.
    Twice(String),
    /// This name is missing.
    Missing(&'static str),
    /// This name is not one of the model's.
    Unknown {
        /// The name.
        name: String,
        /// Those it has.
        known: &'static str,
    },
}

impl fmt::Display for NamesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part(part) => {
                write!(f, "{part:?} is not a name with a number; write such as r=0.243,alpha=4.414")
            }
            Self::Twice(name) => write!(f, "{name} is given twice; name each parameter once"),
            Self::Missing(name) => write!(f, "{name} is missing; name every parameter"),
            Self::Unknown { name, known } => {
                write!(f, "{name:?} is no parameter of this model; it has {known}")
            }
        }
    }
}

impl Error for NamesError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_packages() {
        let bg_nbd = BgNbdParameters { r: 0.25, alpha: 4.0, a: 0.75, b: 2.25 };
        for text in [
            "r=.25,alpha=4,a=.75,b=2.25",
            " B = 2.25, A = 0.75 ,Alpha=4e0,R=0.25",
            "r=.25,alpha=4,phi_dropout=.25,kappa_dropout=3",
        ] {
            assert_eq!(bg_nbd_named(text), Ok(bg_nbd.clone()), "{text}");
        }
        let spend = GammaGammaParameters { p: 6.25, q: 3.74, v: 15.44 };
        for text in ["p=6.25,q=3.74,v=15.44", "p=6.25,q=3.74,gamma=15.44"] {
            assert_eq!(gamma_gamma_named(text), Ok(spend.clone()));
        }
    }

    #[test]
    fn texts_that_name_no_parameters() {
        let unknown = |name: &str| NamesError::Unknown {
            name: name.to_owned(),
            known: "r, alpha, a and b (or phi_dropout and kappa_dropout)",
        };
        for (text, error) in [
            ("", NamesError::Part(String::new())),
            ("r", NamesError::Part("r".to_owned())),
            ("r=x,alpha=1,a=1,b=1", NamesError::Part("r=x".to_owned())),
            ("r=1,r=2", NamesError::Twice("r".to_owned())),
            ("r=1,a=1,b=1", NamesError::Missing("alpha")),
            ("r=1,alpha=1,a=1", NamesError::Missing("b")),
            ("r=1,alpha=1,phi_dropout=1", NamesError::Missing("kappa_dropout")),
            ("r=1,alpha=1,a=1,b=1,s=1", unknown("s")),
            ("r=1,alpha=1,a=1,b=1,phi_dropout=.1,kappa_dropout=1", unknown("a")),
        ] {
            assert_eq!(bg_nbd_named(text), Err(error), "{text}");
        }
        assert_eq!(gamma_gamma_named("p=1,q=2"), Err(NamesError::Missing("v")));
    }
}
