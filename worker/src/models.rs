//! Which model answers: the one that is compiled in, or one of a store that is kept up to date.
//!
//! In the store (the KV namespace `MODELS`) a key is the id of a model and its value the model
//! file; the key `default` holds the id of the model that answers where none is named. A file
//! is used only if it keeps every rule, its version is that of its content and its id is its
//! key. What was last found good stays until something better is.

use std::rc::Rc;

use edge_clv::json::{self, ParseError};
use edge_clv::{Model, ModelFile, ModelName};
use serde::Serialize;

use crate::broken::{Broken, broken};
use crate::problem::Problem;

/// The key of the default model's id.
const DEFAULT: &str = "default";

/// After this many milliseconds a value is asked for again, while the old one still answers.
/// The store itself may be 30 seconds behind, and the two together have to stay below a minute.
const STALE: f64 = 15_000.0;

/// After this many it is waited for: whoever asks once an hour is not to get last hour's model.
const OLD: f64 = 25_000.0;

/// The most keys that are remembered. Anybody may name an id that there is none of.
const REMEMBERED: usize = 64;

/// The longest model file that is read.
const FILE_LIMIT: usize = 64 * 1024;

/// What the store says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Its value.
    Text(String),
    /// That there is none.
    Absent,
    /// Nothing: it failed, or took too long.
    Failed,
}

/// What is to be done before a key's value may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// Nothing.
    No,
    /// Ask for it, and go on meanwhile.
    Behind,
    /// Ask for it and wait.
    First,
}

/// Why what the store has of a key, or what a setting says, is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The key, or the setting's name.
    pub key: String,
    /// What is wrong, in words.
    pub detail: String,
    /// The rules that the model file breaks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Broken>,
}

/// What is known of a key.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// When it was last asked for, in milliseconds; never, if none.
    asked: Option<f64>,
    /// The last good value.
    good: Option<Good>,
    fault: Option<Fault>,
    /// Whether the store did not answer when last asked: nobody waits for it twice.
    silent: bool,
}

/// A value that was found good.
#[derive(Clone, Debug)]
struct Good {
    text: String,
    /// None of the key `default`.
    model: Option<Rc<Model>>,
}

/// The models at hand.
#[derive(Clone, Debug)]
pub struct Models {
    baked: Rc<Model>,
    /// By key; few enough to look through.
    slots: Vec<(String, Slot)>,
    /// The default model that answered last.
    last: Rc<Model>,
}

impl Models {
    /// The model that is compiled in, and nothing known yet of a store.
    pub fn new(baked: Model) -> Models {
        let baked = Rc::new(baked);
        Models { last: baked.clone(), baked, slots: Vec::new() }
    }

    /// The key of the default model's id.
    pub fn default_key(&self) -> &'static str {
        DEFAULT
    }

    /// The id of the default model, as far as is known.
    pub fn default_id(&self) -> &str {
        let named = self.slot(DEFAULT).and_then(|slot| slot.good.as_ref());
        named.map_or(self.baked.name().id, |good| &good.text)
    }

    /// Whether a key has to be asked for at this time, in milliseconds; it is then taken to be
    /// on its way.
    pub fn refresh(&mut self, key: &str, now: f64) -> Refresh {
        let slot = self.slot_mut(key);
        // A clock that was set back makes everything old.
        let age = slot.asked.map_or(f64::INFINITY, |asked| (now - asked).abs());
        let refresh = match age {
            _ if age < STALE => Refresh::No,
            _ if age < OLD || slot.silent => Refresh::Behind,
            _ => Refresh::First,
        };
        if refresh == Refresh::Behind {
            slot.asked = Some(now);
        }
        refresh
    }

    /// Whether a key's value may be used as it is at this time, in milliseconds.
    pub fn is_fresh(&self, key: &str, now: f64) -> bool {
        let asked = self.slot(key).and_then(|slot| slot.asked);
        asked.is_some_and(|asked| (now - asked).abs() < STALE)
    }

    fn slot(&self, key: &str) -> Option<&Slot> {
        self.slots.iter().find(|(its, _)| its == key).map(|(_, slot)| slot)
    }

    fn slot_mut(&mut self, key: &str) -> &mut Slot {
        let place = match self.slots.iter().position(|(its, _)| its == key) {
            Some(place) => place,
            None => {
                if self.slots.len() >= REMEMBERED {
                    self.forget();
                }
                self.slots.push((key.to_owned(), Slot::default()));
                self.slots.len() - 1
            }
        };
        &mut self.slots[place].1
    }

    /// Drops a key, the default aside: of those without a good model, or else of all, the one
    /// that was asked for the longest ago.
    fn forget(&mut self) {
        let id = self.default_id().to_owned();
        let others = self.slots.iter().enumerate();
        let others = others.filter(|(_, (key, _))| key != DEFAULT && *key != id);
        let oldest = others.min_by(|(_, (_, a)), (_, (_, b))| {
            let kept = a.good.is_some().cmp(&b.good.is_some());
            kept.then(a.asked.unwrap_or(0.0).total_cmp(&b.asked.unwrap_or(0.0)))
        });
        if let Some((place, _)) = oldest {
            self.slots.remove(place);
        }
    }

    /// Takes what the store says of a key at this time, in milliseconds.
    pub fn fetched(&mut self, key: &str, fetched: Fetched, now: f64) {
        let slot = self.slot_mut(key);
        slot.asked = Some(now);
        slot.silent = fetched == Fetched::Failed;
        match fetched {
            Fetched::Text(text) => {
                if slot.good.as_ref().is_some_and(|good| good.text == text) {
                    slot.fault = None;
                    return;
                }
                match checked(key, text) {
                    Ok(good) => (slot.good, slot.fault) = (Some(good), None),
                    Err(fault) => slot.fault = Some(fault),
                }
            }
            Fetched::Absent => (slot.good, slot.fault) = (None, None),
            Fetched::Failed => {
                let detail = "the store did not answer".into();
                slot.fault = Some(Fault { key: key.to_owned(), detail, errors: vec![] });
            }
        }
    }

    /// The model of an id.
    ///
    /// # Errors
    /// That there is none, or that the store has not said.
    pub fn named(&self, id: &str) -> Result<Rc<Model>, Problem> {
        let slot = self.slot(id);
        if let Some(model) = slot.and_then(|slot| slot.good.as_ref()).and_then(|g| g.model.clone())
        {
            return Ok(model);
        }
        if id == self.baked.name().id {
            return Ok(self.baked.clone());
        }
        match slot.and_then(|slot| slot.fault.as_ref()) {
            Some(_) => Err(Problem::ModelOutOfReach(id.to_owned())),
            None => Err(Problem::NoSuchModel(id.to_owned())),
        }
    }

    /// The model that answers where none is named. There always is one: where the store's
    /// cannot be used, the one that answered last goes on.
    pub fn default_model(&mut self) -> Rc<Model> {
        if let Ok(model) = self.named(self.default_id()) {
            self.last = model;
        }
        self.last.clone()
    }

    /// Whether an id can be that of a model in the store at all.
    pub fn is_id(id: &str) -> bool {
        id != DEFAULT && ModelFile::is_id(id)
    }

    /// What is wrong with what the store has.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            self.slots.iter().filter_map(|(_, slot)| slot.fault.clone()).collect();
        let id = self.default_id();
        if matches!(self.named(id), Err(Problem::NoSuchModel(_))) {
            let detail = format!("it names the model {id}, which there is none of");
            faults.push(Fault { key: DEFAULT.into(), detail, errors: vec![] });
        }
        faults
    }

    /// The names of the models that have been used, and of the one that is compiled in.
    pub fn known(&self) -> Vec<ModelName<'_>> {
        let mut names = vec![self.baked.name()];
        for (_, slot) in &self.slots {
            let model = slot.good.as_ref().and_then(|good| good.model.as_deref());
            if let Some(name) = model.map(Model::name) {
                match names.binary_search_by_key(&name.id, |known| known.id) {
                    // The store's goes before the one that is compiled in.
                    Ok(place) => names[place] = name,
                    Err(place) => names.insert(place, name),
                }
            }
        }
        names
    }
}

/// A value of the store that may be used.
fn checked(key: &str, text: String) -> Result<Good, Fault> {
    let fault = |detail: String, errors| Fault { key: key.to_owned(), detail, errors };
    if key == DEFAULT {
        let id = text.trim();
        return match Models::is_id(id) {
            true => Ok(Good { text: id.to_owned(), model: None }),
            false => Err(fault("it must be the id of a model".into(), vec![])),
        };
    }
    if text.len() > FILE_LIMIT {
        let most = FILE_LIMIT / 1024;
        return Err(fault(format!("a model file has at most {most} KiB"), vec![]));
    }
    let file = json::parse_model(text.as_bytes()).map_err(|error| match error {
        ParseError::Syntax(why) => fault(format!("it is not JSON: {why}"), vec![]),
        ParseError::Rules(errors) => {
            fault("it breaks rules of the model file".into(), broken(errors))
        }
    })?;
    let version = json::model_version(&file);
    if file.version != version {
        let stated = &file.version;
        return Err(fault(
            format!(
                "it says version {stated}, but its content has the version {version}; \
                 run `clv model seal` after every change"
            ),
            vec![],
        ));
    }
    if file.id != key {
        return Err(fault(format!("its id is {}, which has to be its key", file.id), vec![]));
    }
    match Model::try_from(file) {
        Ok(model) => Ok(Good { text, model: Some(model.into()) }),
        Err(errors) => Err(fault("it breaks rules of the model file".into(), broken(errors))),
    }
}
